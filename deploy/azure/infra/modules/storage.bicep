param location string
param tags object
param token string
param retentionDays int
@description('Identities that read and write images.')
param users array

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
var blobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'stlupa${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    // Whoever comes, comes with an identity.
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource images 'containers' = {
      name: 'images'
      properties: { publicAccess: 'None' }
    }
  }

  // Lupa erases images with their jobs. This is the net below: what no job knows of any more.
  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'erase-forgotten-images'
            type: 'Lifecycle'
            enabled: true
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['images/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: retentionDays + 7 } } }
            }
          }
        ]
      }
    }
  }
}

resource mayUse 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for user in users: {
    scope: account
    name: guid(account.id, user, blobDataContributor)
    properties: { principalId: user, principalType: 'ServicePrincipal', roleDefinitionId: blobDataContributor }
  }
]

output blobEndpoint string = account.properties.primaryEndpoints.blob
output containerName string = account::blobs::images.name
