import { useEffect, useState } from 'preact/hooks'

/** Where a person is: the view, what it is of, and how it is filtered. It is all in the address. */
export interface Place {
  view: 'predict' | 'jobs' | 'job' | 'failed' | 'queue' | 'models' | 'model' | 'webhooks' | 'keys' | 'unknown'
  /** Of a job or a model; else empty. */
  id: string
  query: Record<string, string>
}

const VIEWS = ['jobs', 'failed', 'queue', 'models', 'webhooks', 'keys'] as const

/** `#/jobs/<id>`, `#/jobs?status=failed`, `#/models/<name>@<version>` and so on. */
export function readPlace(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const query = Object.fromEntries(new URLSearchParams(search))
  const [first = '', ...rest] = path.split('/').filter(Boolean).map(decode)
  if (first === '') return { view: 'predict', id: '', query }
  const view = VIEWS.find((name) => name === first)
  if (!view || rest.length > 1) return { view: 'unknown', id: '', query }
  const [id = ''] = rest
  if (id === '') return { view, id, query }
  if (view === 'jobs') return { view: 'job', id, query }
  if (view === 'models') return { view: 'model', id, query }
  return { view: 'unknown', id: '', query }
}

export function toHash(path: string, query: Record<string, string | undefined> = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []))
  return pairs.length === 0 ? `#/${path}` : `#/${path}?${new URLSearchParams(pairs)}`
}

export const jobHash = (id: string) => toHash(`jobs/${encodeURIComponent(id)}`)
export const modelHash = (name: string, version: string) =>
  toHash(`models/${encodeURIComponent(`${name}@${version}`)}`)

export function usePlace(): Place {
  const [place, setPlace] = useState(() => readPlace(location.hash))
  useEffect(() => {
    const follow = () => setPlace(readPlace(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return place
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
