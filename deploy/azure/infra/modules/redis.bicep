param location string
param tags object
param token string
param sku string

// Azure Cache for Redis retires in 2028; this is what follows it.
resource cluster 'Microsoft.Cache/redisEnterprise@2024-10-01' = {
  name: 'amr-lupa-${token}'
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    highAvailability: 'Enabled'
    minimumTlsVersion: '1.2'
  }

  resource database 'databases' = {
    name: 'default'
    properties: {
      clientProtocol: 'Encrypted'
      port: 10000
      // One address for all keys. Ours share a hash tag, so that scripts find them in one slot.
      clusteringPolicy: 'EnterpriseCluster'
      // The default evicts keys that have a time to live, which are the locks of running jobs.
      evictionPolicy: 'NoEviction'
      persistence: { aofEnabled: true, aofFrequency: '1s' }
    }
  }
}

output name string = cluster.name
output address string = '${cluster.properties.hostName}:10000'
