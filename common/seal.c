/*
 * seal: keys from files, boxes from texts. Owns the secret key and wipes it. Never puts a digit of
 * a key or a byte of what is sealed into a fault.
 */
#include "common/seal.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "common/secret.h"

#define BASE64   sodium_base64_VARIANT_ORIGINAL
#define KEY_TEXT (2 * crypto_box_SECRETKEYBYTES + 1)

_Static_assert(crypto_box_SECRETKEYBYTES == SECRET_KEY_BYTES &&
		       crypto_box_PUBLICKEYBYTES == SECRET_KEY_BYTES,
	       "both are read by secret_key()");

struct seal {
	uint8_t public[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
	bool opens;
};

static struct seal *new_seal(void)
{
	if (sodium_init() < 0)
		BUG("libsodium cannot be set up");
	return base_zalloc(1, sizeof(struct seal));
}

void seal_free(struct seal *s)
{
	if (s != NULL)
		sodium_memzero(s, sizeof(*s));
	free(s);
}

/* Never over another key: what is sealed for that could not be opened any more. */
static int write_key(const char *path, unsigned mode, const uint8_t key[crypto_box_SECRETKEYBYTES],
		     struct fault *f)
{
	char text[KEY_TEXT + 1];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0)
		return fault_errno(f, FAULT_IO, "%s", path);
	text_hex(key, crypto_box_SECRETKEYBYTES, text);
	text[KEY_TEXT - 1] = '\n';
	bool written = write(fd, text, KEY_TEXT) == KEY_TEXT && fsync(fd) == 0;
	sodium_memzero(text, sizeof(text));
	int err = written ? 0 : fault_errno(f, FAULT_IO, "%s", path);
	close(fd);
	return err;
}

int seal_make_keys(const char *path, struct fault *f)
{
	struct seal *s = new_seal();
	struct buf public = {0};

	buf_addf(&public, "%s.pub", path);
	crypto_box_keypair(s->public, s->secret);
	int err = write_key(path, 0600, s->secret, f);
	if (err == 0)
		err = write_key(public.data, 0644, s->public, f);
	buf_release(&public);
	seal_free(s);
	return err;
}

static int read_seal(const char *path, bool secret, struct seal **ret, struct fault *f)
{
	struct seal *s = new_seal();
	int err = secret ? secret_key(path, SECRET_CLOSED, s->secret, f)
			 : secret_key(path, SECRET_OPEN, s->public, f);

	s->opens = secret;
	if (err < 0)
		(void)fault_prefix(f, "key file");
	if (err == 0 && secret && crypto_scalarmult_base(s->public, s->secret) != 0)
		err = fault_set(f, FAULT_CONFIG, "key file %s: not a key", path);
	if (err < 0) {
		seal_free(s);
		return err;
	}
	*ret = s;
	return 0;
}

int seal_read_public(const char *path, struct seal **ret, struct fault *f)
{
	uint8_t box[crypto_box_SEALBYTES];
	struct seal *s;
	int err = read_seal(path, false, &s, f);

	if (err < 0)
		return err;
	/* A point of small order would make boxes that anybody can open: libsodium refuses it. */
	if (crypto_box_seal(box, box, 0, s->public) != 0) {
		seal_free(s);
		return fault_set(f, FAULT_CONFIG, "key file %s: not a public key", path);
	}
	*ret = s;
	return 0;
}

int seal_read_secret(const char *path, struct seal **ret, struct fault *f)
{
	return read_seal(path, true, ret, f);
}

void seal_close(const struct seal *s, struct span text, struct buf *out)
{
	size_t len = text.len + crypto_box_SEALBYTES;
	size_t room = sodium_base64_ENCODED_LEN(len, BASE64);
	uint8_t *box = base_alloc(len);

	if (crypto_box_seal(box, (const uint8_t *)text.data, text.len, s->public) != 0)
		BUG("a key that was good does not seal");
	sodium_bin2base64(buf_room(out, room), room, box, len, BASE64);
	out->len += room - 1; /* room counts the NUL */
	free(box);
}

bool seal_open(const struct seal *s, struct span box, struct buf *out)
{
	uint8_t *sealed = base_alloc(box.len + 1);
	size_t len = 0;

	bool good = s->opens &&
		    sodium_base642bin(sealed, box.len, box.data, box.len, NULL, &len, NULL,
				      BASE64) == 0 &&
		    len >= crypto_box_SEALBYTES;
	if (good) {
		size_t plain = len - crypto_box_SEALBYTES;
		char *room = buf_room(out, plain + 1);
		good = crypto_box_seal_open((uint8_t *)room, sealed, len, s->public, s->secret) ==
		       0;
		out->len += good ? plain : 0;
		out->data[out->len] = '\0';
	}
	free(sealed);
	return good;
}
