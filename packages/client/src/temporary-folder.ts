import { rmSync } from 'node:fs'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { onStop } from './on-stop.ts'

/** A folder that is gone afterwards, also when the command is told to stop. */
export async function createTemporaryFolder(
  parent: string,
  prefix: string,
): Promise<{ path: string } & Disposable> {
  await mkdir(parent, { recursive: true })
  const path = await mkdtemp(join(parent, prefix))
  const remove = () => rmSync(path, { recursive: true, force: true })
  const stop = onStop(remove)
  return {
    path,
    [Symbol.dispose]() {
      stop[Symbol.dispose]()
      remove()
    },
  }
}
