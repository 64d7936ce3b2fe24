import { startLupa } from './lupa.ts'

// node lupa-holder.ts: starts Lupa as tests and benchmarks do, says where its data and processes are, and waits.

const lupa = await startLupa({ WORKERS: '1', WORKER_SLOTS: '1' })
const pids = [lupa.launcher.pid, ...lupa.processes().map(({ pid }) => pid)]
process.stdout.write(`${JSON.stringify({ dataDirectory: lupa.dataDirectory, pids })}\n`)
