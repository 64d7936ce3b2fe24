// One identity for each app, so that each may do only what it must.
param location string
param tags object
param token string

resource gatewayIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-lupa-gateway-${token}'
  location: location
  tags: tags
}

resource workerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-lupa-worker-${token}'
  location: location
  tags: tags
}

output gateway object = {
  id: gatewayIdentity.id
  clientId: gatewayIdentity.properties.clientId
  principalId: gatewayIdentity.properties.principalId
}
output worker object = {
  id: workerIdentity.id
  clientId: workerIdentity.properties.clientId
  principalId: workerIdentity.properties.principalId
}
