// Predicts a folder of pictures, some at a time, and says how many of each class there are:
// LUPA_URL=http://localhost:5000 node predict.ts photos/

import { Lupa } from 'lupa'

const lupa = new Lupa({
  url: process.env.LUPA_URL ?? 'http://localhost:5000',
  apiKey: process.env.LUPA_API_KEY,
})
const counts = new Map<string, number>()
for await (const { source, job, error } of lupa.batch(process.argv[2] ?? '.', { concurrency: 4 })) {
  if (error) process.stderr.write(`${source}: ${error.message}\n`)
  const seen = job?.prediction ?? 'nothing'
  if (!error) counts.set(seen, (counts.get(seen) ?? 0) + 1)
}
for (const [name, count] of counts) process.stdout.write(`${count} ${name}\n`)
