import localFont from 'next/font/local'

/**
 * Geist (SIL Open Font License, OFL.txt beside it), cut to Latin letters and the weights 400 to 600: 20 KB, where the
 * whole font has 69. Names in other scripts are shown in the system's font.
 */
export const geist = localFont({
  src: './fonts/geist-latin.woff2',
  variable: '--font-geist-sans',
  weight: '400 600',
})
