// The seven figures of the original plan on one page: mean and maximum response time, uptime, error rate, CPU, memory,
// instances.
param location string
param tags object
param workspaceName string
param insightsName string
param gatewayName string
param workerName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource gateway 'Microsoft.App/containerApps@2025-01-01' existing = {
  name: gatewayName
}

resource worker 'Microsoft.App/containerApps@2025-01-01' existing = {
  name: workerName
}

var answers = 'ContainerAppConsoleLogs_CL | where ContainerAppName_s == "${gatewayName}" | extend line = parse_json(Log_s) | where line.msg == "answered"'

var queries = [
  {
    title: 'Response time in ms: mean and maximum'
    resource: workspace.id
    query: '${answers} | summarize mean = avg(todouble(line.ms)), maximum = max(todouble(line.ms)) by bin(TimeGenerated, 5m) | render timechart'
  }
  {
    title: 'Error rate in % (5xx)'
    resource: workspace.id
    query: '${answers} | summarize errors = 100.0 * countif(toint(line.status) >= 500) / count() by bin(TimeGenerated, 5m) | render timechart'
  }
  {
    title: 'Uptime in %'
    resource: insights.id
    query: 'availabilityResults | summarize uptime = 100.0 * countif(success == 1) / count() by bin(timestamp, 1h) | render timechart'
  }
]

var metrics = [
  { title: 'Processor use in % of what is given', metric: 'CpuPercentage', aggregation: 4 }
  { title: 'Memory use in % of what is given', metric: 'MemoryPercentage', aggregation: 4 }
  { title: 'Instances', metric: 'Replicas', aggregation: 3 }
]

var queryItems = [
  for item in queries: {
    type: 3
    name: item.title
    content: {
      version: 'KqlItem/1.0'
      title: item.title
      query: item.query
      size: 0
      timeContext: { durationMs: 86400000 }
      queryType: 0
      resourceType: item.resource == insights.id ? 'microsoft.insights/components' : 'microsoft.operationalinsights/workspaces'
      crossComponentResources: [item.resource]
    }
  }
]

var metricItems = [
  for item in metrics: {
    type: 10
    name: item.title
    content: {
      version: 'MetricsItem/2.0'
      title: item.title
      size: 0
      chartType: 2
      resourceType: 'microsoft.app/containerapps'
      metricScope: 0
      resourceIds: [gateway.id, worker.id]
      timeContext: { durationMs: 86400000 }
      metrics: [
        {
          namespace: 'microsoft.app/containerapps'
          metric: 'microsoft.app/containerapps--${item.metric}'
          aggregation: item.aggregation
        }
      ]
    }
  }
]

resource workbook 'Microsoft.Insights/workbooks@2022-04-01' = {
  name: guid(resourceGroup().id, 'lupa')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Lupa'
    category: 'workbook'
    sourceId: toLower(workspace.id)
    serializedData: string({ version: 'Notebook/1.0', items: concat(queryItems, metricItems) })
  }
}
