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
param redisAddress string
param settings object
param cpu string
param minReplicas int
param maxReplicas int

var isThere = !empty(image)
// BullMQ's keys of the queue of jobs. Waiting jobs are in `prioritized`; those whose worker died come back to `wait`;
// `active` keeps workers that compute from being taken away.
var queues = ['prioritized', 'wait', 'active']
var jobsPerWorker = '5'
var memory = { '1.0': '2Gi', '2.0': '4Gi', '4.0': '8Gi' }

resource worker 'Microsoft.App/containerApps@2025-01-01' = {
  name: 'ca-worker-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'worker' })
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    managedEnvironmentId: environmentId
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [{ server: registryServer, identity: identity.id }]
      secrets: [
        { name: 'redis-url', keyVaultUrl: secrets.redisUrl, identity: identity.id }
        { name: 'redis-key', keyVaultUrl: secrets.redisKey, identity: identity.id }
      ]
    }
    template: {
      // Longer than DRAIN_SECONDS, so that what is in hand is finished.
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'worker'
          image: isThere ? image : 'mcr.microsoft.com/azuredocs/containerapps-helloworld:latest'
          resources: { cpu: json(cpu), memory: memory[cpu] }
          env: concat(
            map(items(settings), setting => { name: setting.key, value: setting.value }),
            [
              // Tells DefaultAzureCredential which identity is meant.
              { name: 'AZURE_CLIENT_ID', value: identity.clientId }
              { name: 'WORKER_PORT', value: '9100' }
              { name: 'REDIS_URL', secretRef: 'redis-url' }
            ]
          )
          probes: !isThere ? [] : [
            { type: 'Startup', httpGet: { path: '/livez', port: 9100 }, periodSeconds: 2, failureThreshold: 60 }
            { type: 'Liveness', httpGet: { path: '/livez', port: 9100 }, periodSeconds: 10, failureThreshold: 3 }
            { type: 'Readiness', httpGet: { path: '/readyz', port: 9100 }, periodSeconds: 5, failureThreshold: 3 }
          ]
        }
      ]
      scale: {
        minReplicas: minReplicas
        maxReplicas: maxReplicas
        pollingInterval: 10
        cooldownPeriod: 300
        rules: [
          for queue in queues: {
            name: 'jobs-${queue}'
            custom: {
              type: 'redis'
              metadata: {
                address: redisAddress
                enableTLS: 'true'
                databaseIndex: '0'
                listName: '{lupa}:jobs:${queue}'
                listLength: jobsPerWorker
              }
              auth: [{ secretRef: 'redis-key', triggerParameter: 'password' }]
            }
          }
        ]
      }
    }
  }
}

output name string = worker.name
