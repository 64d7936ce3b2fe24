/** Larger images are refused at the door, and a second time by whoever decodes them, unless MAX_IMAGE_PIXELS says else. */
export const MAX_IMAGE_PIXELS = 50_000_000

/**
 * What a JPEG can have at most, whatever the format. Within the limit of pixels a picture of one row may be millions
 * wide, and resizing that takes longer than any picture.
 */
export const MAX_IMAGE_SIDE = 65_535
