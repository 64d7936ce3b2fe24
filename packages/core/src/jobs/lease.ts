/** Lets one process of many do what must not be done twice at once. */
export interface Lease {
  /** Takes or keeps the lease; false while another process has it. It ends if not kept in time. */
  tryHold(): Promise<boolean>
  /** Gives the lease up, so that another need not wait for its end. */
  release(): Promise<void>
}
