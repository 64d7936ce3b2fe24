param location string
param tags object
param token string
@allowed(['serverless', 'autoscale'])
param capacity string
param maxThroughput int
@description('Identities that read and write records.')
param users array

// Written from the code that asks for them, by scripts/docs.ts.
var containers = loadJsonContent('../cosmos-containers.json')
var isServerless = capacity == 'serverless'

resource account 'Microsoft.DocumentDB/databaseAccounts@2024-05-15' = {
  name: 'cosmos-lupa-${token}'
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [{ locationName: location, failoverPriority: 0, isZoneRedundant: false }]
    // What is written by one gateway is read by another in the next moment, if not by the session's token.
    consistencyPolicy: { defaultConsistencyLevel: 'Strong' }
    capabilities: isServerless ? [{ name: 'EnableServerless' }] : []
    // Whoever comes, comes with an identity.
    disableLocalAuth: true
    minimalTlsVersion: 'Tls12'
    backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: 'Continuous7Days' } }
  }

  resource database 'sqlDatabases' = {
    name: 'lupa'
    properties: {
      resource: { id: 'lupa' }
      options: isServerless ? {} : { autoscaleSettings: { maxThroughput: maxThroughput } }
    }

    resource made 'containers' = [
      for container in containers: {
        name: container.id
        properties: {
          resource: {
            id: container.id
            partitionKey: { paths: container.partitionKey.paths, kind: 'Hash' }
            defaultTtl: container.defaultTtl
            indexingPolicy: container.indexingPolicy
          }
        }
      }
    ]
  }

  // Cosmos DB Built-in Data Contributor: items, and nothing else.
  // https://learn.microsoft.com/azure/cosmos-db/nosql/security/reference-data-plane-roles
  resource mayUse 'sqlRoleAssignments' = [
    for user in users: {
      name: guid(account.id, user, 'data-contributor')
      properties: {
        principalId: user
        roleDefinitionId: '${account.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002'
        scope: account.id
      }
    }
  ]
}

output endpoint string = account.properties.documentEndpoint
output databaseName string = account::database.name
