import fc from 'fast-check'

// For the properties of `npm run fuzz`: other cases each time, and the same ones for the same seed.
fc.configureGlobal({
  seed: Number(process.env.LUPA_FUZZ_SEED),
  numRuns: Number(process.env.LUPA_FUZZ_RUNS ?? 1000),
})
