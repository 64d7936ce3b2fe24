param location string
param tags object
param token string
param storageName string
@description('The container that pictures are dropped in.')
param inboxName string
@description('Where events go that could not be delivered.')
param deadLettersName string
@description('Of the gateway.')
param url string
@secure()
@description('The key by which Event Grid comes.')
param inboxKey string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
var blobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deadLetters 'containers' existing = {
      name: deadLettersName
    }
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: 'evgt-lupa-${token}'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: { source: account.id, topicType: 'Microsoft.Storage.StorageAccounts' }
}

// The account takes no shared keys, so dead letters are written with the identity of the topic.
resource mayWriteDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account::blobs::deadLetters
  name: guid(account::blobs::deadLetters.id, topic.id, blobDataContributor)
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobDataContributor
  }
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: 'dropped-pictures'
  properties: {
    // Its handshake asks for no key; the other schema's comes without the header, and would be refused.
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      subjectBeginsWith: '/blobServices/default/containers/${inboxName}/blobs/'
    }
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: '${url}/v1/events/blob-created'
        maxEventsPerBatch: 20
        preferredBatchSizeInKilobytes: 64
        deliveryAttributeMappings: [
          { name: 'X-API-Key', type: 'Static', properties: { value: inboxKey, isSecret: true } }
        ]
      }
    }
    // As long as Lupa remembers which blobs it has taken.
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: account.id, blobContainerName: deadLettersName }
      }
    }
  }
  dependsOn: [mayWriteDeadLetters]
}
