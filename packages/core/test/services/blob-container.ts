import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'

/** A container as whoever drops pictures there sees it. */
export function blobContainer(connectionString: string, name: string): ContainerClient {
  return BlobServiceClient.fromConnectionString(connectionString).getContainerClient(name)
}
