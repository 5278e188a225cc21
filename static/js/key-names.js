// What a pressed key is called in data-key: by what it types, else by where it is. On a Cyrillic keyboard the key
// of S types ы, on a French one the key of 2 types é: both are the keys "s" and "2" as well.
export function namesOf(event) {
  return [...new Set([event.key, latinKey(event)])].map((key) => withModifiers(event, key));
}

// The letter or digit of the key's place where it types none that is Latin; else what it types.
export function latinKey({ key, code = "" }) {
  if (key.length !== 1 || /^[a-z0-9]$/i.test(key)) return key;
  return code.match(/^(?:Key|Digit|Numpad)([A-Z0-9])$/)?.[1].toLowerCase() ?? key;
}

function withModifiers(event, key) {
  const isGraph = event.getModifierState?.("AltGraph"); // Windows says Ctrl and Alt as well
  const name = key.length === 1 && !event.shiftKey ? key.toLowerCase() : key;
  const shift = event.shiftKey && key.length > 1 ? "Shift+" : "";
  const control = (event.ctrlKey || event.metaKey) && !isGraph ? "Ctrl+" : "";
  return `${control}${event.altKey && !isGraph ? "Alt+" : ""}${shift}${name}`;
}
