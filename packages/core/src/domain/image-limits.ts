/** Larger images are refused at the door, and a second time by whoever decodes them, unless MAX_IMAGE_PIXELS says else. */
export const MAX_IMAGE_PIXELS = 50_000_000
