import { useEffect, useRef, useState } from 'preact/hooks'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { useWords } from '../words/use-words.ts'

export interface CameraDialogProps {
  onPicture: (picture: { file: Blob; name: string }) => void
  onClose: () => void
}

/** The camera's picture as it is now, and one taken of it. */
export function CameraDialog({ onPicture, onClose }: CameraDialogProps) {
  const { predict: words } = useWords()
  const video = useRef<HTMLVideoElement>(null)
  const [state, setState] = useState<'opening' | 'live' | 'denied'>('opening')

  useEffect(() => {
    let stream: MediaStream | undefined
    let isClosed = false
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
    // Without a secure context there is no such thing.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    const opened = devices
      ? devices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1920 } } })
      : Promise.reject(new Error('no camera'))
    opened.then(
      async (given) => {
        stream = given
        if (isClosed) return stop()
        if (video.current) video.current.srcObject = given
        await video.current?.play().catch(() => {})
      },
      () => setState('denied'),
    )
    return () => {
      isClosed = true
      stop()
    }
  }, [])

  async function shoot(): Promise<void> {
    const element = video.current
    if (!element) return
    const canvas = new OffscreenCanvas(element.videoWidth, element.videoHeight)
    canvas.getContext('2d')?.drawImage(element, 0, 0)
    const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 })
    onClose()
    onPicture({ file, name: `${words.photo}.jpg` })
  }

  return (
    <Dialog title={words.cameraTitle} onClose={onClose}>
      {state === 'denied' ? (
        <p class="notice warn">{words.cameraDenied}</p>
      ) : (
        <>
          <video ref={video} muted playsInline class="camera" onLoadedData={() => setState('live')} />
          <div class="row center">
            <button
              type="button"
              class="button primary"
              disabled={state !== 'live'}
              onClick={() => void shoot()}
            >
              <Icon name="camera" />
              {words.shoot}
            </button>
          </div>
        </>
      )}
    </Dialog>
  )
}
