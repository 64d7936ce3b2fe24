// What somebody should look at. Lupa logs one line of JSON for each answer and each job that ends; these ask for them.
param location string
param tags object
@description('Empty: nobody is told.')
param email string
param workspaceName string
param insightsName string
param gatewayName string
param workerName string
param url string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-lupa'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'lupa'
    enabled: true
    emailReceivers: empty(email) ? [] : [{ name: 'people', emailAddress: email, useCommonAlertSchema: true }]
  }
}

var linesOf = 'ContainerAppConsoleLogs_CL | where ContainerAppName_s == "{0}" | extend line = parse_json(Log_s)'
var gatewayLines = format(linesOf, gatewayName)
var workerLines = format(linesOf, workerName)

var rules = [
  {
    name: 'error-rate'
    about: 'More than 1 % of the answers of the last five minutes were errors of ours. docs/operations.md tells what to do.'
    severity: 1
    query: '${gatewayLines} | where line.msg == "answered" | summarize answers = count(), errors = countif(toint(line.status) >= 500 and toint(line.status) != 503) | where answers >= 20 and errors > answers * 0.01'
  }
  {
    name: 'oldest-job'
    about: 'Jobs waited for more than a minute before a worker took them.'
    severity: 2
    query: '${workerLines} | where line.msg == "a job ended" and todouble(line.queue_ms) > 60000'
  }
  {
    name: 'dead-letters'
    about: 'Jobs failed for good. `GET /v1/dead` lists them.'
    severity: 2
    query: '${workerLines} | where line.msg == "a job ended" and tostring(line.status) == "failed"'
  }
  {
    name: 'blind-workers'
    about: 'A worker has no model process that answers its own samples rightly, and takes no more jobs.'
    severity: 1
    query: '${workerLines} | where line.msg startswith "no model process can be started that answers rightly"'
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for rule in rules: {
    name: 'alert-lupa-${rule.name}'
    location: location
    tags: tags
    properties: {
      displayName: 'Lupa: ${rule.name}'
      description: rule.about
      severity: rule.severity
      enabled: true
      scopes: [workspace.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
      criteria: {
        allOf: [{ query: rule.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }]
      }
      autoMitigate: true
      // There is no such table before the first line is logged.
      skipQueryValidation: true
      actions: { actionGroups: [people.id] }
    }
  }
]

resource availability 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'webtest-lupa-ready'
  location: location
  tags: union(tags, { 'hidden-link:${insights.id}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'webtest-lupa-ready'
    Name: 'Lupa is ready'
    Enabled: true
    Frequency: 300
    Timeout: 30
    Kind: 'standard'
    RetryEnabled: true
    Locations: [{ Id: 'emea-nl-ams-azr' }, { Id: 'us-va-ash-azr' }, { Id: 'latam-br-gru-edge' }]
    Request: { RequestUrl: '${url}/readyz', HttpVerb: 'GET', ParseDependentRequests: false }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource unavailable 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-lupa-unavailable'
  location: 'global'
  tags: tags
  properties: {
    description: 'Two of three places on the internet do not reach a ready gateway.'
    severity: 0
    enabled: true
    scopes: [availability.id, insights.id]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: availability.id
      componentId: insights.id
      failedLocationCount: 2
    }
    actions: [{ actionGroupId: people.id }]
  }
}
