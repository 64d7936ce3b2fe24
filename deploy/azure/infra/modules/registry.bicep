param location string
param tags object
param token string
@description('Identities that may fetch images.')
param pullers array
@description('Who may push images beside them; empty: nobody.')
param pusher string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/containers
var acrPull = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')
var acrPush = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '8311e382-0749-4cb8-b61a-304f252e45ec')

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: 'crlupa${token}'
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
  }
}

resource mayPull 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for puller in pullers: {
    scope: registry
    name: guid(registry.id, puller, acrPull)
    properties: { principalId: puller, principalType: 'ServicePrincipal', roleDefinitionId: acrPull }
  }
]

resource mayPush 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(pusher)) {
  scope: registry
  name: guid(registry.id, pusher, acrPush)
  properties: { principalId: pusher, roleDefinitionId: acrPush }
}

output name string = registry.name
output loginServer string = registry.properties.loginServer
