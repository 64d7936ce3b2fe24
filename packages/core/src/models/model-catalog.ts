import type { FoundModel, ModelPackage } from './model-package.ts'

/** Which models can be asked for. */
export interface ModelCatalog {
  /** Every version of every model, by name, then highest version first. */
  list(): Promise<FoundModel[]>
  /** Whether there is such a version, served or broken, as far as is known without looking again. */
  has(name: string, version: string): Promise<boolean>
  /**
   * The package that a client means: `name`, or `name@version`; without a version the highest that
   * can be served, so that a version which is broken, or still being copied, stops nobody.
   * Rejects with `model_not_found` or `model_unavailable`.
   */
  resolve(wanted: string): Promise<ModelPackage>
}
