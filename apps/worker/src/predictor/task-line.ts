/** Work in order, and those who are free to take it. */
export interface TaskLine<Task, Worker> {
  /** Gives the task to someone free, the best one, or lets it wait. */
  add(task: Task): void
  /** Takes a task back that still waits; false when it does not. */
  remove(task: Task): boolean
  /** The next task, in order; undefined when the worker is woken before there is one. */
  next(worker: Worker): Promise<Task | undefined>
  /** Ends the wait of a worker, if it waits. */
  wake(worker: Worker): void
  /** Takes all that wait. */
  drain(): Task[]
  readonly length: number
}

/** @param suits whether a worker is a better one than others for a task */
export function createTaskLine<Task, Worker>(
  suits: (worker: Worker, task: Task) => boolean,
): TaskLine<Task, Worker> {
  const tasks: Task[] = []
  const free = new Map<Worker, (task: Task | undefined) => void>()

  function give(worker: Worker, task: Task | undefined): void {
    const take = free.get(worker)
    free.delete(worker)
    take?.(task)
  }

  return {
    add(task) {
      const workers = [...free.keys()]
      const worker = workers.find((candidate) => suits(candidate, task)) ?? workers[0]
      if (worker === undefined) tasks.push(task)
      else give(worker, task)
    },
    remove(task) {
      const at = tasks.indexOf(task)
      if (at >= 0) tasks.splice(at, 1)
      return at >= 0
    },
    next(worker) {
      const task = tasks.shift()
      if (task !== undefined) return Promise.resolve(task)
      return new Promise((take) => free.set(worker, take))
    },
    wake: (worker) => give(worker, undefined),
    drain: () => tasks.splice(0),
    get length() {
      return tasks.length
    },
  }
}
