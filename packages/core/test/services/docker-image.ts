import { execFileSync } from 'node:child_process'

/** Whether a Docker engine answers and has this image: no test fetches one. */
export function hasDockerImage(name: string): boolean {
  try {
    execFileSync('docker', ['image', 'inspect', name], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
