import type { Logger } from '../runtime/logger.ts'
import type { SharedConfig } from '../runtime/settings.ts'
import type { RedisLogin } from './redis-login.ts'

/** The login that the settings name, beside what stands in the URL. Imported on demand: the Azure SDK is slow to load. */
export async function openRedisLogin(
  { redisAuth, redisUrl }: Pick<SharedConfig, 'redisAuth' | 'redisUrl'>,
  { logger }: { logger: Logger },
): Promise<(RedisLogin & AsyncDisposable) | undefined> {
  if (redisAuth === 'url') return undefined
  const [{ DefaultAzureCredential }, { openEntraRedisLogin }] = await Promise.all([
    import('@azure/identity'),
    import('./entra-redis-login.ts'),
  ])
  const username = decodeURIComponent(new URL(redisUrl).username) || undefined
  return openEntraRedisLogin({ credential: new DefaultAzureCredential(), username, logger })
}
