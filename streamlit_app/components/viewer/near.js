// Mounted last on its page: what is beside the film that is open, and that the page about it is whole.

export default function ({ data, setTriggerValue }) {
  const near = {
    data,
    came: () => onceThere(() => setTriggerValue("came", Date.now())),
    enlarge: (key) => onceThere(() => setTriggerValue("enlarge", key)),
  };
  globalThis.roentgenNear = near;
  globalThis.roentgenViewer?.listen();
  return () => {
    // Streamlit may end an earlier call after a later one has begun.
    if (globalThis.roentgenNear === near) globalThis.roentgenNear = undefined;
  };
}
