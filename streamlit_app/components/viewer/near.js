// Mounted last on its page: what is beside the film that is open, and that the page about it is whole.

export default function ({ data, setTriggerValue }) {
  globalThis.roentgenNear = {
    data,
    came: () => onceThere(() => setTriggerValue("came", Date.now())),
    enlarge: (key) => onceThere(() => setTriggerValue("enlarge", key)),
  };
  globalThis.roentgenViewer?.listen();
  return () => {
    globalThis.roentgenNear = undefined;
  };
}
