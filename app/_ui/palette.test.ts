import fc from 'fast-check'
import { expect, test } from 'vitest'
import { accentColours, contrast, grounds } from '@/app/_ui/palette'

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)

test('whatever colour a clinic chooses, every text that uses it can be read in light and dark', () => {
  fc.assert(
    fc.property(colour, (accent) => {
      const { light, dark } = accentColours(accent)
      expect(contrast(light.onFill, light.fill)).toBeGreaterThanOrEqual(4.5)
      expect(contrast(light.onFill, light.fillStrong)).toBeGreaterThanOrEqual(4.5)
      expect(contrast(dark.onFill, dark.fill)).toBeGreaterThanOrEqual(4.5)
      expect(contrast(dark.onFill, dark.fillStrong)).toBeGreaterThanOrEqual(4.5)
      for (const ground of [grounds.light.canvas, grounds.light.surface, light.soft])
        expect(contrast(light.text, ground)).toBeGreaterThanOrEqual(4.5)
      for (const ground of [grounds.dark.canvas, grounds.dark.surface, dark.soft])
        expect(contrast(dark.text, ground)).toBeGreaterThanOrEqual(4.5)
    }),
  )
})

test('a colour that is dark enough is used as the clinic gave it', () => {
  expect(accentColours('#0b5d66').light.fill).toBe('#0b5d66')
})
