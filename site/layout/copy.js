// Copies what stands in a box. Without this the buttons stay hidden, and the words beside them say how to copy by hand.
for (const button of document.querySelectorAll('[data-copies]')) {
  const box = document.getElementById(button.dataset.copies);
  const status = button.parentNode.querySelector('[role=status]');
  const byHand = status.nextElementSibling;
  byHand.hidden = true;
  button.hidden = false;
  button.addEventListener('click', async () => {
    status.textContent = '';
    const done = await copy(box);
    status.textContent = done ? button.dataset.done : button.dataset.failed;
  });
}

async function copy(box) {
  const text = new Blob([box.value], {type: 'text/plain'});
  try {
    if ('rich' in box.dataset) { // a signature is pasted as a picture where mail is written, as code where code is asked for
      const html = new Blob([box.value], {type: 'text/html'});
      await navigator.clipboard.write([new ClipboardItem({'text/plain': text, 'text/html': html})]);
    } else {
      await navigator.clipboard.writeText(box.value);
    }
    return true;
  } catch { // not over plain http, not in old browsers, not where it is forbidden
    box.select();
    return document.execCommand('copy');
  }
}
