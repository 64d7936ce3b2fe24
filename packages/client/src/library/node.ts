// What the package `lupa` gives to Node: as to browsers, but that `Lupa` takes paths and folders too.
export * from './browser.ts'
export { Lupa } from './node-lupa.ts'
