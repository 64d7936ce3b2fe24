import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { TestCertificate } from './azurite-server.ts'

export const hasOpenssl = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0

/** Of this machine, good for a day; this process believes it until it is disposed of. */
export function makeTestCertificate(): TestCertificate & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'lupa-test-tls-'))
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=lupa-test'
  const subject = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile]
  const made = spawnSync('openssl', [...request.split(' '), ...subject], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.stderr}`)
  const believed = getCACertificates('default')
  setDefaultCACertificates([...believed, readFileSync(certFile, 'utf8')])
  return {
    certFile,
    keyFile,
    [Symbol.dispose]() {
      setDefaultCACertificates(believed)
      rmSync(directory, { recursive: true })
    },
  }
}
