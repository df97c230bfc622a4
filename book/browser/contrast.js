// The contrast of two colours as WCAG 2 defines it: from 1 (none) to 21.

/** Takes colours as the browser computes them: "rgb(1, 2, 3)". */
export function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}

function luminance(color) {
    const parts = color.match(/^rgba?\((\d+), (\d+), (\d+)/);
    if (!parts) {
        throw new Error(`the colour "${color}" is not in the form rgb(r, g, b)`);
    }
    const [red, green, blue] = parts.slice(1).map((part) => {
        const value = Number(part) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
