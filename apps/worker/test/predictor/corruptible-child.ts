/**
 * The real child, whose weights can be damaged: with those of `<model>.damaged` it goes on from SIGUSR2, and
 * begins while there is a file `<model>.damaged-from-the-start`.
 */
import { existsSync } from 'node:fs'
import { loadModel } from '../../src/inference/load-model.ts'
import { type OnnxSession, openOnnxSession } from '../../src/inference/onnx-session.ts'
import { runChild } from '../../src/predictor/run-child.ts'

runChild({
  async load(model, options) {
    const loaded = await loadModel(model, options)
    let session = loaded.session
    const damage = async () => {
      session = await openOnnxSession(`${model.path}.damaged`, options)
    }
    process.on('SIGUSR2', damage)
    if (existsSync(`${model.path}.damaged-from-the-start`)) await damage()
    const current = new Proxy(session, { get: (_, key: keyof OnnxSession) => session[key] })
    return { ...loaded, session: current }
  },
})
