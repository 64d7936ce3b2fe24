param location string
param tags object
param token string
@description('Empty before the first image is pushed: then a page of Microsoft stands in.')
param image string
param identity object
param environmentId string
param registryServer string
@description('Where in the Key Vault the secrets are.')
param secrets object
@description('Address of Redis, where the app logs in to it by Entra ID. Empty: the secret `redis-url` has address and key.')
param redisAddress string
param settings object
param minReplicas int
param maxReplicas int

var isThere = !empty(image)
var port = isThere ? 5000 : 80
var comesWithKey = empty(redisAddress)

resource gateway 'Microsoft.App/containerApps@2025-01-01' = {
  name: 'ca-gateway-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'gateway' })
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    managedEnvironmentId: environmentId
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: { external: true, targetPort: port, transport: 'auto', allowInsecure: false }
      registries: [{ server: registryServer, identity: identity.id }]
      secrets: concat(
        empty(secrets.apiKeys) ? [] : [{ name: 'api-keys', keyVaultUrl: secrets.apiKeys, identity: identity.id }],
        [
          { name: 'api-password', keyVaultUrl: secrets.apiPassword, identity: identity.id }
          { name: 'api-key-secret', keyVaultUrl: secrets.apiKeySecret, identity: identity.id }
        ],
        comesWithKey ? [{ name: 'redis-url', keyVaultUrl: secrets.redisUrl, identity: identity.id }] : []
      )
    }
    template: {
      // Longer than DRAIN_SECONDS and SHUTDOWN_DELAY_SECONDS together.
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'gateway'
          image: isThere ? image : 'mcr.microsoft.com/azuredocs/containerapps-helloworld:latest'
          resources: { cpu: json('1.0'), memory: '2Gi' }
          env: concat(
            empty(secrets.apiKeys) ? [] : [{ name: 'API_KEYS', secretRef: 'api-keys' }],
            map(items(settings), setting => { name: setting.key, value: setting.value }),
            [
              // Tells DefaultAzureCredential which identity is meant.
              { name: 'AZURE_CLIENT_ID', value: identity.clientId }
              { name: 'PORT', value: string(port) }
              { name: 'API_PASSWORD', secretRef: 'api-password' }
              { name: 'API_KEY_SECRET', secretRef: 'api-key-secret' }
            ],
            comesWithKey
              ? [{ name: 'REDIS_URL', secretRef: 'redis-url' }]
              : [{ name: 'REDIS_URL', value: 'rediss://${redisAddress}' }, { name: 'REDIS_AUTH', value: 'entra-id' }]
          )
          probes: !isThere ? [] : [
            { type: 'Startup', httpGet: { path: '/livez', port: port }, periodSeconds: 2, failureThreshold: 30 }
            { type: 'Liveness', httpGet: { path: '/livez', port: port }, periodSeconds: 10, failureThreshold: 3 }
            { type: 'Readiness', httpGet: { path: '/readyz', port: port }, periodSeconds: 5, failureThreshold: 2 }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        rules: [
          { name: 'requests', http: { metadata: { concurrentRequests: '100' } } }
          { name: 'cpu', custom: { type: 'cpu', metadata: { type: 'Utilization', value: '70' } } }
        ]
      }
    }
  }
}

output name string = gateway.name
output url string = 'https://${gateway.properties.configuration.ingress.fqdn}'
