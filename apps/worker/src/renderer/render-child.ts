import { runRenderChild } from './run-render-child.ts'

runRenderChild()
