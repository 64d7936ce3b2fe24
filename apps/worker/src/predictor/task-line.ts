/** Work in order, and those who are free to take it. */
export interface TaskLine<Task, Worker> {
  /** Gives the task to someone free who may take it, or lets it wait, behind all others or before them. */
  add(task: Task, where?: 'last' | 'first'): void
  /** The first task that the worker may take; undefined when it is woken before there is one. */
  next(worker: Worker): Promise<Task | undefined>
  /** Ends the wait of a worker, if it waits. */
  wake(worker: Worker): void
  /** The first that waits and is so. */
  find(isSo: (task: Task) => boolean): Task | undefined
  /** How many wait and are so. */
  count(isSo: (task: Task) => boolean): number
  /** Takes those that wait and are so, in order. */
  take(isSo: (task: Task) => boolean, atMost?: number): Task[]
  readonly length: number
}

/** @param mayTake whether a task is one for this worker; others pass it by */
export function createTaskLine<Task, Worker>(
  mayTake: (worker: Worker, task: Task) => boolean,
): TaskLine<Task, Worker> {
  let tasks: Task[] = []
  const free = new Map<Worker, (task: Task | undefined) => void>()

  function give(worker: Worker, task: Task | undefined): void {
    const receive = free.get(worker)
    free.delete(worker)
    receive?.(task)
  }

  function take(isSo: (task: Task) => boolean, atMost = Number.POSITIVE_INFINITY): Task[] {
    const taken: Task[] = []
    tasks = tasks.filter((task) => {
      if (taken.length === atMost || !isSo(task)) return true
      taken.push(task)
      return false
    })
    return taken
  }

  return {
    add(task, where = 'last') {
      const worker = [...free.keys()].find((candidate) => mayTake(candidate, task))
      if (worker !== undefined) give(worker, task)
      else if (where === 'last') tasks.push(task)
      else tasks.unshift(task)
    },
    next(worker) {
      const [task] = take((candidate) => mayTake(worker, candidate), 1)
      if (task !== undefined) return Promise.resolve(task)
      return new Promise((receive) => free.set(worker, receive))
    },
    wake: (worker) => give(worker, undefined),
    find: (isSo) => tasks.find(isSo),
    count: (isSo) => tasks.filter(isSo).length,
    take,
    get length() {
      return tasks.length
    },
  }
}
