param location string
param tags object
param token string
param retentionDays int
@description('Identities that read and write images.')
param users array
@description('Identities that sign URLs for clients, to put or get one image.')
param signers array
@description('Sites whose pages may put images at such URLs, for example https://app.example.com.')
param browserOrigins array

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
var blobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
var blobDelegator = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a')

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
    properties: {
      cors: {
        corsRules: empty(browserOrigins) ? [] : [
          {
            allowedOrigins: browserOrigins
            allowedMethods: ['PUT', 'GET', 'HEAD', 'OPTIONS']
            allowedHeaders: ['content-type', 'x-ms-blob-type']
            exposedHeaders: ['etag']
            maxAgeInSeconds: 3600
          }
        ]
      }
    }

    resource images 'containers' = {
      name: 'images'
      properties: { publicAccess: 'None' }
    }

    // Pictures that are dropped here become jobs, where inboxKey is given.
    resource inbox 'containers' = {
      name: 'inbox'
      properties: { publicAccess: 'None' }
    }

    resource deadLetters 'containers' = {
      name: 'inbox-dead-letters'
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
          {
            name: 'erase-old-dead-letters'
            type: 'Lifecycle'
            enabled: true
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['inbox-dead-letters/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } }
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

// To sign in the name of the account; what a URL allows is bounded by the other role.
resource maySign 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for signer in signers: {
    scope: account
    name: guid(account.id, signer, blobDelegator)
    properties: { principalId: signer, principalType: 'ServicePrincipal', roleDefinitionId: blobDelegator }
  }
]

output name string = account.name
output inboxName string = account::blobs::inbox.name
output deadLettersName string = account::blobs::deadLetters.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
output containerName string = account::blobs::images.name
