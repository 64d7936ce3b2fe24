/**
 * Which jobs of a batch have not ended, kept hot, so that not every end has them all counted in the store.
 * May be lost at any time: the reconciler counts then.
 */
export interface BatchProgress {
  /** Before any of these jobs can end. */
  begin(batchId: string, jobIds: string[]): Promise<void>
  /**
   * A job has ended. Resolves to true when it was the last one known, for one caller alone; repeated, or
   * once the batch is not known any more, to false.
   */
  end(batchId: string, jobId: string): Promise<boolean>
  forget(batchId: string): Promise<void>
}
