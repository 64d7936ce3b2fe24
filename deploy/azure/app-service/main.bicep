// The second choice: gateway and worker as Web Apps for Containers on an App Service plan. The stores, the vault, the
// registry and the identities are those of ../infra, which goes first.
@description('As in ../infra.')
param location string = resourceGroup().location
param gatewayIdentityName string
param workerIdentityName string
param registryName string
param vaultName string
param storageAccountName string
param cosmosAccountName string
param insightsName string
@description('In the registry, with their tags: lupa-gateway:20261126213000')
param gatewayImage string
param workerImage string
param apiUsername string = 'lupa'
@description('NAME.REGION.redis.azure.net:10000, where the apps log in to Redis by Entra ID. Empty: with the key, from the vault.')
param redisAddress string = ''
param sku string = 'P1v3'
@minValue(2)
param instancesMin int = 2
param instancesMax int = 10

var tags = { application: 'lupa' }
var token = uniqueString(resourceGroup().id)

resource gatewayIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: gatewayIdentityName
}

resource workerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: workerIdentityName
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registryName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2024-05-15' existing = {
  name: cosmosAccountName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// Workers compute all the time: on a plan of their own they do not take the gateways' processors.
resource gatewayPlan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: 'plan-lupa-gateway-${token}'
  location: location
  tags: tags
  kind: 'linux'
  sku: { name: sku, capacity: instancesMin }
  properties: { reserved: true }
}

resource workerPlan 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: 'plan-lupa-worker-${token}'
  location: location
  tags: tags
  kind: 'linux'
  sku: { name: sku, capacity: 1 }
  properties: { reserved: true }
}

var redisSettings = empty(redisAddress)
  ? { REDIS_URL: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=redis-url)' }
  : { REDIS_URL: 'rediss://${redisAddress}', REDIS_AUTH: 'entra-id' }

var shared = union(redisSettings, {
  IMAGE_STORE: 'azure-blob'
  JOB_STORE: 'cosmos'
  AZURE_STORAGE_ACCOUNT_URL: account.properties.primaryEndpoints.blob
  COSMOS_ENDPOINT: cosmos.properties.documentEndpoint
  HOST: '0.0.0.0'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  WEBSITES_ENABLE_APP_SERVICE_STORAGE: 'false'
})

resource gateway 'Microsoft.Web/sites@2023-12-01' = {
  name: 'app-lupa-gateway-${token}'
  location: location
  tags: tags
  kind: 'app,linux,container'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${gatewayIdentity.id}': {} } }
  properties: {
    serverFarmId: gatewayPlan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: gatewayIdentity.id
    siteConfig: {
      linuxFxVersion: 'DOCKER|${registry.properties.loginServer}/${gatewayImage}'
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: gatewayIdentity.properties.clientId
      alwaysOn: true
      healthCheckPath: '/readyz'
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(shared, {
      AZURE_CLIENT_ID: gatewayIdentity.properties.clientId
      WEBSITES_PORT: '5000'
      PORT: '5000'
      API_USERNAME: apiUsername
      API_PASSWORD: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=api-password)'
      API_KEY_SECRET: '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=api-key-secret)'
      // The front end of App Service, in the network of the instance.
      TRUST_PROXY: '169.254.0.0/16'
      SHUTDOWN_DELAY_SECONDS: '5'
    })
  }
}

// App Service asks a container for an answer on one port: the worker's probes.
resource worker 'Microsoft.Web/sites@2023-12-01' = {
  name: 'app-lupa-worker-${token}'
  location: location
  tags: tags
  kind: 'app,linux,container'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${workerIdentity.id}': {} } }
  properties: {
    serverFarmId: workerPlan.id
    httpsOnly: true
    publicNetworkAccess: 'Disabled'
    keyVaultReferenceIdentity: workerIdentity.id
    siteConfig: {
      linuxFxVersion: 'DOCKER|${registry.properties.loginServer}/${workerImage}'
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: workerIdentity.properties.clientId
      alwaysOn: true
      healthCheckPath: '/livez'
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(shared, {
      AZURE_CLIENT_ID: workerIdentity.properties.clientId
      WEBSITES_PORT: '9100'
      WORKER_PORT: '9100'
    })
  }
}

resource autoscale 'Microsoft.Insights/autoscalesettings@2022-10-01' = {
  name: 'autoscale-lupa-gateway-${token}'
  location: location
  tags: tags
  properties: {
    enabled: true
    targetResourceUri: gatewayPlan.id
    profiles: [
      {
        name: 'cpu-and-requests'
        capacity: { minimum: string(instancesMin), maximum: string(instancesMax), default: string(instancesMin) }
        rules: [
          {
            metricTrigger: {
              metricName: 'CpuPercentage'
              metricResourceUri: gatewayPlan.id
              timeGrain: 'PT1M'
              statistic: 'Average'
              timeWindow: 'PT5M'
              timeAggregation: 'Average'
              operator: 'GreaterThan'
              threshold: 70
            }
            scaleAction: { direction: 'Increase', type: 'ChangeCount', value: '1', cooldown: 'PT3M' }
          }
          {
            metricTrigger: {
              metricName: 'CpuPercentage'
              metricResourceUri: gatewayPlan.id
              timeGrain: 'PT1M'
              statistic: 'Average'
              timeWindow: 'PT10M'
              timeAggregation: 'Average'
              operator: 'LessThan'
              threshold: 30
            }
            scaleAction: { direction: 'Decrease', type: 'ChangeCount', value: '1', cooldown: 'PT10M' }
          }
          {
            // In a minute, of all instances together.
            metricTrigger: {
              metricName: 'Requests'
              metricResourceUri: gateway.id
              timeGrain: 'PT1M'
              statistic: 'Sum'
              timeWindow: 'PT5M'
              timeAggregation: 'Average'
              operator: 'GreaterThan'
              threshold: 12000
            }
            scaleAction: { direction: 'Increase', type: 'ChangeCount', value: '1', cooldown: 'PT3M' }
          }
        ]
      }
    ]
  }
}

output url string = 'https://${gateway.properties.defaultHostName}'
