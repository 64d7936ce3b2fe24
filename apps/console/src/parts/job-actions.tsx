import { useState } from 'preact/hooks'
import { curlOf } from '../api/curl-of.ts'
import { Problem } from '../api/problem.ts'
import { request } from '../api/request.ts'
import type { Job } from '../api/wire.ts'
import { useApp } from '../app-context.ts'
import { jobHash, toHash } from '../router.ts'
import { useWords } from '../words/use-words.ts'
import { CopyButton } from './copy-button.tsx'
import { ConfirmDialog } from './dialog.tsx'
import { Icon } from './icon.tsx'
import { ProblemNotice } from './problem-notice.tsx'

/** What can be done with a job. */
export function JobActions({ job, onChange }: { job: Job; onChange: () => void }) {
  const words = useWords()
  const { isOpen, announce } = useApp()
  const [isAsking, setAsking] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  function attempt(act: () => Promise<void>): void {
    setProblem(undefined)
    act().catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error
      setProblem(error)
    })
  }
  const runAgain = async () => {
    const { id } = await request<Job>(`${job.links.self}/retry`, { method: 'POST' })
    location.hash = jobHash(id)
  }
  const cancel = async () => {
    await request<Job>(`${job.links.self}/cancel`, { method: 'POST' })
    onChange()
  }
  const erase = async () => {
    await request(job.links.self, { method: 'DELETE' })
    announce(words.job.erased)
    location.hash = toHash('jobs')
  }

  return (
    <>
      <CopyButton label={words.job.curl} text={curlOf(job, { origin: location.origin, isOpen })} />
      {job.done ? (
        <button type="button" class="button" onClick={() => attempt(runAgain)}>
          <Icon name="again" />
          {words.job.runAgain}
        </button>
      ) : (
        <button type="button" class="button" onClick={() => attempt(cancel)}>
          <Icon name="close" />
          {words.job.cancel}
        </button>
      )}
      <button type="button" class="button quiet" onClick={() => setAsking(true)}>
        <Icon name="bin" />
        {words.job.erase}
      </button>
      {isAsking && (
        <ConfirmDialog
          title={words.job.eraseTitle}
          text={words.job.eraseText}
          action={words.job.erase}
          onConfirm={() => attempt(erase)}
          onClose={() => setAsking(false)}
        />
      )}
      {problem && <ProblemNotice problem={problem} />}
    </>
  )
}
