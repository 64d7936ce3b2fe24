/** Pictures that come with a model, to try it with. */
export interface ModelSamples {
  /** Their file names in order; none for a model that has none, or that is not there. */
  list(model: string): Promise<string[]>
  /** Resolves to undefined when there is no such picture. */
  get(model: string, name: string): Promise<Uint8Array | undefined>
}
