param location string
param tags object
param token string
@secure()
param apiPassword string
@secure()
param apiKeySecret string
@secure()
@description('The key by which Event Grid comes. Empty: there is no inbox.')
param inboxKey string
param redisName string
@description('Identities that read the secrets.')
param readers array

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security
var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')

resource redis 'Microsoft.Cache/redisEnterprise@2025-04-01' existing = {
  name: redisName

  resource database 'databases' existing = {
    name: 'default'
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-lupa-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
  }

  resource password 'secrets' = {
    name: 'api-password'
    properties: { value: apiPassword }
  }

  resource keySecret 'secrets' = {
    name: 'api-key-secret'
    properties: { value: apiKeySecret }
  }

  // As API_KEYS of the gateway wants it.
  resource apiKeys 'secrets' = if (!empty(inboxKey)) {
    name: 'api-keys'
    properties: { value: 'inbox:${inboxKey}:jobs:write' }
  }

  resource redisKey 'secrets' = {
    name: 'redis-key'
    properties: { value: redis::database.listKeys().primaryKey }
  }

  resource redisUrl 'secrets' = {
    name: 'redis-url'
    properties: {
      value: 'rediss://:${uriComponent(redis::database.listKeys().primaryKey)}@${redis.properties.hostName}:10000'
    }
  }
}

resource mayRead 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for reader in readers: {
    scope: vault
    name: guid(vault.id, reader, secretsUser)
    properties: { principalId: reader, principalType: 'ServicePrincipal', roleDefinitionId: secretsUser }
  }
]

output name string = vault.name
// Where the secrets are, not what they are.
output secrets object = {
  apiPassword: vault::password.properties.secretUri
  apiKeySecret: vault::keySecret.properties.secretUri
  apiKeys: empty(inboxKey) ? '' : vault::apiKeys.properties.secretUri
  redisKey: vault::redisKey.properties.secretUri
  redisUrl: vault::redisUrl.properties.secretUri
}
