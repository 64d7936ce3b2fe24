import { Redis } from 'ioredis'

/** Talks to a test's Redis as an operator would, past our adapters. */
export async function withClient<T>(url: string, act: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url)
  try {
    return await act(client)
  } finally {
    client.disconnect()
  }
}
