import { afterAll, beforeAll } from 'vitest'

/** The store of a suite, open from before its first test until after its last one. */
export function openedStore<Store extends object>(
  openStore: () => Promise<{ store: Store } & AsyncDisposable>,
): Store {
  let session: Awaited<ReturnType<typeof openStore>> | undefined
  beforeAll(async () => {
    session = await openStore()
  })
  afterAll(() => session?.[Symbol.asyncDispose]())
  // A suite is described before anything is open, so it asks when it runs.
  return new Proxy<Store>(Object.create(null), {
    get: (_, name) => Reflect.get(session?.store ?? {}, name),
  })
}
