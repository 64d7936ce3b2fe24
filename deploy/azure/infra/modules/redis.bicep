param location string
param tags object
param token string
param sku string
@description('Object ids of the identities that log in to it by tokens of Entra ID. None: the apps come with the key.')
param users array

// Azure Cache for Redis retires in 2028; this is what follows it.
resource cluster 'Microsoft.Cache/redisEnterprise@2025-04-01' = {
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
      // KEDA's scaler of lists knows no Entra ID: the workers' scale rules come with the key in any case.
      accessKeysAuthentication: 'Enabled'
      // One address for all keys. Ours share a hash tag, so that scripts find them in one slot.
      clusteringPolicy: 'EnterpriseCluster'
      // The default evicts keys that have a time to live, which are the locks of running jobs.
      evictionPolicy: 'NoEviction'
      persistence: { aofEnabled: true, aofFrequency: '1s' }
    }
  }
}

// One after the other: a database is changed by one at a time. Names are letters and digits, no hyphens.
@batchSize(1)
resource mayUse 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-04-01' = [
  for user in users: {
    parent: cluster::database
    name: replace(user, '-', '')
    properties: {
      // The only policy there is: https://learn.microsoft.com/azure/redis/entra-for-authentication
      accessPolicyName: 'default'
      user: { objectId: user }
    }
  }
]

output name string = cluster.name
output address string = '${cluster.properties.hostName}:10000'
