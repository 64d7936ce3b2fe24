/** The options that this helper was started with. */
export function helperOptions(): unknown {
  return JSON.parse(process.argv[2] ?? '{}') as unknown
}

/** Answers each request of the process that started this one, one at a time; ends with it. */
export function answerRequests(answer: (request: unknown) => Promise<unknown>): void {
  process.once('disconnect', () => process.exit())
  process.on('message', async (request: unknown) => {
    process.send?.(await answer(request))
  })
  process.send?.('ready')
}

export function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
