import type { Workload } from './workload.ts'
import { crowdWorkload } from './workloads/crowd.ts'
import { gatewayWorkload } from './workloads/gateway.ts'
import { latencyWorkload } from './workloads/latency.ts'
import { predictWorkload } from './workloads/predict.ts'
import { scalingWorkload } from './workloads/scaling.ts'
import { tracingWorkload } from './workloads/tracing.ts'

export const WORKLOADS: readonly Workload[] = [
  predictWorkload({ name: 'detect', model: 'detect', picture: 'bus', clients: 8, goal: 0.92 }),
  predictWorkload({ name: 'detect-int8', model: 'detect-int8', picture: 'bus', clients: 8, goal: 0.88 }),
  predictWorkload({ name: 'classify', model: 'classify', picture: 'street', clients: 16, goal: 0.6 }),
  predictWorkload({
    name: 'classify-12mp',
    model: 'classify',
    picture: 'street-12mp',
    clients: 16,
    goal: null,
  }),
  latencyWorkload,
  gatewayWorkload,
  crowdWorkload,
  scalingWorkload,
  tracingWorkload,
]
