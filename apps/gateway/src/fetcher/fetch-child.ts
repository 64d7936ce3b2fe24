import { runFetchChild } from './run-fetch-child.ts'

runFetchChild()
