/** Who we are to Redis, where that does not stand in its URL and changes while we are connected. */
export interface RedisLogin {
  /** Undefined as long as nobody could tell. */
  current(): RedisCredentials | undefined
  /** Calls back whenever there are other credentials, until the function that it returns is called. */
  onChange(listener: () => void): () => void
}

export interface RedisCredentials {
  username: string
  password: string
}
