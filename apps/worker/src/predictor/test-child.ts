import type { ModelPackage } from '@lupa/core/models/model-package'
import type { Logger } from '@lupa/core/runtime/logger'
import type { ModelProcess } from './model-process.ts'
import type { SelfTestLog } from './self-test-log.ts'

export interface TestChildOptions {
  executionTimeoutMs: number
  selfTests: SelfTestLog
  logger?: Pick<Logger, 'warn' | 'error'> | undefined
}

/** Lets a child take the self-test of one of its models. One that is wrong is ended, and takes no other request. */
export type TestChild = (child: ModelProcess, model: ModelPackage, answersSince: number) => Promise<void>

export function createTestChild({ executionTimeoutMs, selfTests, logger }: TestChildOptions): TestChild {
  async function faultOf(child: ModelProcess, { digest }: ModelPackage): Promise<string | null> {
    const { result } = await child.ask({ type: 'self_test', digest }, { timeoutMs: executionTimeoutMs })
    if ('error' in result) return result.error.detail
    return 'fault' in result ? result.fault : null
  }

  return async function testChild(child, model, answersSince) {
    try {
      const fault = await faultOf(child, model)
      selfTests.note(model, fault)
      if (fault === null) return
      logger?.error({ child: child.pid, suspect_answers: answersSince }, `${fault} Its process is replaced.`)
      child.kill()
    } catch (err) {
      // It died, or hung and was killed, which is seen to like any other end.
      logger?.warn({ child: child.pid, err }, 'a child process ended in its self-test')
    }
  }
}
