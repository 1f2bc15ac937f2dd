RATE = 0.1


def main():
    hidden = 4
    print("score:", RATE * hidden)


if __name__ == "__main__":
    main()
