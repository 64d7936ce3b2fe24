import { newJobId } from '../../src/domain/ids.ts'
import { createFolderImageStore } from '../../src/images/folder-image-store.ts'

// Puts images of 4 MB into the folder named first until it is killed, and says so after every few.
const store = createFolderImageStore({ directory: process.argv[2] as string })
const image = Buffer.alloc(4_000_000, 'x')
for (;;) {
  await Promise.all(
    Array.from({ length: 4 }, () => store.put(newJobId(), image, { contentType: 'image/jpeg' })),
  )
  process.stdout.write('.')
}
